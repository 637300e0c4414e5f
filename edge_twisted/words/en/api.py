"""What the API says: why a request was not carried out, the question with its answers, and a test's result."""

from typing import Final

API: Final = {
    "access-unsaved": (
        "This could not be written to the disk, and was not done. Check that the disk is neither full nor read-only"
    ),
    "account-only": "This is for who logged in with an account, and not for programs or the box itself",
    "account-taken": "There is an account of this name already. Choose another name",
    "account-unknown": "There is no account of this name. Look at the list of accounts",
    "accounts-full": "There are 200 accounts, and no more can be made. Remove those that nobody uses",
    "base64-broken": (
        "This is not the base64 of a user name and a password with a colon between. Copy it again, from its first to "
        "its last character"
    ),
    "body-broken": "The request cannot be read. It must be JSON in UTF-8",
    "body-no-object": "The request must be a JSON object, with its fields in braces",
    "body-too-large": "The request is larger than 64 KiB",
    "charger-ambiguous": "More than one charger can be meant. Give more of the id from the list of chargers",
    "charger-unknown": "There is no such charger. Use the id from the list of chargers, or the charger's whole OCPP ID",
    "code-needed": "Name and password are right. Enter the code that the authenticator app shows as well",
    "code-wrong": (
        "This is not the code that the app shows just now. Enter the newest one; if that fails, set the clocks of "
        "box and "
        "telephone"
    ),
    "cross-site": (
        "The request lacks the token that shows that it comes from EdgeManager itself (header X-Edge-Token). Load "
        "the page "
        "again"
    ),
    "crowded": "Too many people log in at once. Try again in a moment",
    "days": "This must be a whole number of days from 1 to 3650, or nothing: then it has no end",
    "factor-none": "There is no new second factor to be switched on. Begin again with the password",
    "factor-on": "This account has a second factor already. Switch it off first",
    "field-missing": "The request lacks a field that it needs",
    "field-unknown": "The request has a field that is not known here. Check how it is spelled",
    "field-wrong": "This field holds a value of the wrong kind. Look up in the API's description what it takes",
    "hex-broken": "This is not a password in hexadecimal digits. It takes pairs of 0-9 and a-f, such as 00ff3a",
    "host-foreign": (
        "This is not a name or an address of this box. Use one that it has, or add this one under [listen] names in "
        "Edge's configuration"
    ),
    "identity-unusable": (
        "No charger can have this OCPP ID. It has 1 to 255 characters, no control characters, and no .. between slashes"
    ),
    "internal": "Edge made a mistake of its own; its log says where",
    "journal-unreadable": "The journal cannot be read at the moment; try again, and look at Edge's log if that fails",
    "label-missing": "Say in a few words what the token is for",
    "last-admin": "Somebody must decide who may come in. Make another administrator first",
    "limit": "This must be a whole number from 1 to 1000",
    "live-session": (
        "This charger is connected, and the central system may end that connection when the test connects. Say that "
        "this is all right, or test while the charger is away"
    ),
    "live-transaction": (
        "A car is charging here, and the test might end the connection that its meter values go over. Test when the "
        "charging has ended, or while the charger is away"
    ),
    "login-needed": "Log in first, or show a token",
    "login-wrong": "Name, password or code is wrong. Try again; on the box, `edgectl reset-password` helps",
    "message-unknown": (
        "There is no such message of this charger; it may be older than what is kept, or less than a second old"
    ),
    "messages-off": "Messages are not kept on this box: keep is false in Edge's configuration",
    "manager-closed": (
        "EdgeManager is switched off on this box. Name a port for it in Edge's configuration (manager, listen)"
    ),
    "method": "This address does not take that method",
    "name-unusable": (
        "An account's name has 1 to 64 letters, digits, dots, dashes and @ signs, and begins with a letter or a digit"
    ),
    "not-found": "There is nothing at this address",
    "not-yet": "Something of this kind is being made already. Try again when it is done",
    "number": "This must be a whole number, 0 or more",
    "backup-differs": "This is not what stands in the field above. Enter the passphrase there and here once more",
    "backup-failed": (
        "The back-up could not be made. Look at the log of Edge, or copy the state directory as the guide to "
        "installing says"
    ),
    "own-account": "Change your own password and second factor under your own account, with the present password",
    "own-password-wrong": "This is not your present password. Enter it once more",
    "password-common": (
        "This password is among the first that anybody tries. Choose one that nobody guesses, such as four random words"
    ),
    "password-empty": "The password is empty. Enter it, or remove the secret",
    "password-long": "A password can have 1024 characters at most. Choose a shorter one",
    "password-missing": "A user name needs a password. Enter both, or the base64 credentials",
    "password-name": "The password must not be the name of the account. Choose one that nobody guesses",
    "password-short": "The password needs 12 characters or more. Four random words are easy to remember",
    "query-unknown": "The address has a parameter that is not known here, or one twice. Check how it is spelled",
    "role": "Your role does not allow this. Ask an administrator of this box",
    "role-endpoint": (
        "Only an administrator may send a charger to a host other than those in Edge's configuration: its messages "
        "and its "
        "password go there"
    ),
    "role-trust": (
        "Only an administrator may say whose certificates an uplink believes: the charger's messages and its password "
        "go to whoever has one of them"
    ),
    "root-broken": (
        "This is not a certificate in PEM form. It begins with -----BEGIN CERTIFICATE----- and ends with -----END "
        "CERTIFICATE-----; copy it again, whole"
    ),
    "root-key": (
        "There is a private key beside the certificate, and it must stay where it was made. Enter the certificate alone"
    ),
    "root-many": "These are too many certificates, or too long ones: 8 of them and 32 KiB at most",
    "root-not": (
        "This certificate is not meant to vouch for others, so that it is no root certificate. Ask the operator of the "
        "central system for the root (CA) certificate"
    ),
    "root-over": "This certificate has ended already. Ask the operator of the central system for the present one",
    "secret-ambiguous": (
        "Enter the secret in one way only: a user name with a password, or with a hexadecimal password, or the base64 "
        "credentials"
    ),
    "secret-both": "A secret cannot be entered and removed at once. Choose one",
    "secret-long": "A user name can have 255 characters, and a password 1024. Check what was entered",
    "secret-missing": "What the charger shows matters only where a secret is entered. Enter the secret with it",
    "session-unknown": "There is no such session; it may be over already",
    "setup-code-wrong": (
        "This is not the set-up code of this box. It stands on its label; on the box, `edgectl label` shows it"
    ),
    "setup-done": (
        "This box has its administrator already. Log in; on the box, `edgectl reset-password` helps who forgot"
    ),
    "setup-first": "Make the administrator first, with the set-up code that `edgectl label` shows",
    "site-foreign": "The request comes from a page of another site, and was not carried out. Open EdgeManager itself",
    "source": "This must be charger or central",
    "switch": "This must be 0 or 1",
    "token-unknown": "There is no such token. Look at the list of tokens",
    "token-wrong": "This token is not known here, or its time is over. Ask an administrator for a new one",
    "tokens-full": "There are 200 tokens, and no more can be made. Remove those that nothing uses",
    "too-fast": "There were too many attempts from there. Wait a moment, at most half a minute, and try again",
    "username-colon": "A user name holds no colon: the first colon ends it. Enter what stands before the colon",
    "username-empty": "The user name is empty. Enter it, or leave it out: then it is the charger's OCPP ID",
}
"""Why a request was not carried out, by the error's word; further words are those of `ENTRY` and `ENDPOINT`."""

SHOWS: Final = {
    "nothing": "The charger shows no password, and is let in from its usual place only",
    "same": "The charger shows this same user name and password",
    "next": (
        "The charger gets a new password of its own within 10 minutes, and the first one from its usual address that "
        "works counts"
    ),
    "detected": "The charger goes on showing what it showed when it was last served",
}
"""The answers to the question what the charger itself will show."""

TEST_ACCEPTED: Final = "The central system accepted the connection with these values"

CHECKS: Final = {
    "clock": (
        "The box's clock is set",
        "The box's clock was never set, and certificates and the journal need the right time",
        "Let the box reach a time server (NTP), or set its clock",
    ),
    "ports": (
        "Edge listens for chargers ({value})",
        "Edge listens on no port for chargers",
        "Name a port under [listen] ws or wss in Edge's configuration, and restart Edge",
    ),
    "certificate": (
        "The box's certificate is valid for a long time",
        "The box's certificate ends soon, and chargers that check it will refuse it then",
        "Stop Edge, move root.pem away and, from the folder keys, root.key and what begins with rsa or ec; then start "
        "Edge and load the new root.pem into the chargers",
    ),
    "name": (
        "The name {value} is found",
        "The name {value} is not found (DNS)",
        "Check how the name is spelled, and that the box has a DNS server that works",
    ),
    "endpoint": (
        "The central system answers at {value}",
        "The central system does not answer at {value}",
        "Check the address under [uplink] in Edge's configuration",
    ),
}
"""What the doctor finds: when all is well, when it is not, and what helps then."""
