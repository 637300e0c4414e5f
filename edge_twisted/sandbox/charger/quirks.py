"""How chargers in the field deviate from the standards: each deviation that shows on the wire is one named switch.

The numbers Q1 to Q42 are those of the survey of the field that Edge was built from. They are no switches, since

- Q3 (a wrong clock, beside `clock_at_1970`), Q10 (a password of any bytes, with `:`), Q16 (an identity with odd
  characters, beside `unencoded_identity`), Q20 (versions beside 1.6, beside `offers_2_0_1`) and Q27 (own pings, but
  rarely) are settings of a charger: `clock_error`, `credentials`, `identity`, `protocols`, `ping`;
- Q40 (two connectors with one transaction number) is done by the central system, which gives these numbers;
- Q42 (what an app asks for, and in which field) is seen by the installer and not on the wire.
"""

from attrs import field, fields, frozen

from edge_twisted.sandbox.charger.bounds import at_least


@frozen
class Quirks:
    """Deviations; without arguments: none. Numbers of seconds and counts are off at 0.

    Args:
        tls_1_0_only: Q1: speaks TLS 1.0 and nothing newer.
        only_rsa, only_ecdsa: Q2: has cipher suites for servers with one kind of key only.
        clock_at_1970: Q3: its clock begins at 1970 with each power-on, until the central system told it the time.
        silent_distrust: Q4: a certificate it does not believe makes it hang up without a TLS alert.
        fixed_roots: Q5: its roots are part of its firmware; InstallCertificate is rejected.
        no_sni: Q6: does not name the server in its TLS ClientHello.
        swapped_scheme: Q7: speaks TLS to the ws port, or plain HTTP to the wss port.
        installs_any_certificate: Q8: InstallCertificate takes what is no root, and can neither list nor delete it.
        hex_password: Q9: shows the hexadecimal text of an `AuthorizationKey` as its password, not the bytes.
        keeps_old_socket: Q11: leaves the old connection open when it thinks it dead, and connects anew.
        empty_user: Q12: shows a password without a user name.
        empty_password: Q12: shows its user name with an empty password, always.
        lower_case_authorization: Q13: writes `authorization: basic` in lower case.
        old_key_after_rotation: Q14: accepts a new `AuthorizationKey`, and goes on with the old one.
        percent_encoded_identity: Q15: encodes every character of its identity that is no letter and no digit.
        unencoded_identity: Q16: writes its identity into the request line as it is.
        extra_slashes: Q17: so many more slashes before the identity.
        trailing_slash: Q17: a slash behind the identity.
        path_prefix: Q17: segments before the identity that nobody asked for.
        url_as_path: Q17: sends its whole URL as the path.
        no_identity_in_path: Q18: asks for the endpoint's path alone.
        no_subprotocol: Q19: offers no OCPP version.
        offers_2_0_1: Q20: offers `ocpp2.0.1` before its own versions.
        no_connection_header: Q21: sends no `Connection: Upgrade`.
        malformed_upgrade_every: Q22: each so many-th request for an upgrade is malformed.
        origin: Q23: sends this `Origin`; `address` stands for the server's own.
        host_without_port: Q23: names the host without its port.
        extra_header: Q24: one more header, as `Name: value`.
        ignores_pings: Q25: never answers a ping.
        closes_after_silence: Q26: closes the connection after so many seconds in which nothing came.
        ignores_calls_after: Q28: answers no requests any more so many seconds after it connected.
        redial_after_drop: Q29: connects again only so many seconds after it lost a connection.
        redial_after_refusal: Q29: connects again so many seconds after it was refused, always the same.
        never_reconnects: Q30: does not connect again by itself.
        flaps_every: Q31: closes its connection after so many seconds; each request it gets halves what is left.
        rsv_bits_every: Q32: each so many-th message has a reserved bit set that was not negotiated.
        wrong_result_id_every: Q33: each so many-th answer has the id of another request.
        small_ids: Q34: its message ids are a small counter that begins anew with each connection.
        duplicate_ids: Q34: gives two requests in a row the same id.
        cut_configuration: Q35: its answer to GetConfiguration ends in the middle.
        truncated_json_every: Q35: each so many-th message ends in the middle.
        over_escaped: Q35: escapes the card's number once too often.
        bad_status: Q35: tells a connector status that OCPP does not have.
        flood: Q36: so many old messages at its first connection, all at once.
        reboots_on_configuration: Q37: reboots instead of answering GetConfiguration or ChangeConfiguration.
        late_meter_values: Q38: sends MeterValues after StopTransaction.
        offline_transaction_id: Q39: the number it gives a transaction that began offline, such as -1 or 0.
        forgets_queue: Q39: loses what waits to be sent when it reboots.
        probes: Q41: opens a TCP connection and closes it without a byte before each attempt.
        http_1_0: asks for the upgrade with HTTP/1.0.
    """

    tls_1_0_only: bool = False
    only_rsa: bool = False
    only_ecdsa: bool = False
    clock_at_1970: bool = False
    silent_distrust: bool = False
    fixed_roots: bool = False
    no_sni: bool = False
    swapped_scheme: bool = False
    installs_any_certificate: bool = False
    hex_password: bool = False
    keeps_old_socket: bool = False
    empty_user: bool = False
    empty_password: bool = False
    lower_case_authorization: bool = False
    old_key_after_rotation: bool = False
    percent_encoded_identity: bool = False
    unencoded_identity: bool = False
    extra_slashes: int = field(default=0, validator=at_least(0, 10))
    trailing_slash: bool = False
    path_prefix: str = ""
    url_as_path: bool = False
    no_identity_in_path: bool = False
    no_subprotocol: bool = False
    offers_2_0_1: bool = False
    no_connection_header: bool = False
    malformed_upgrade_every: int = field(default=0, validator=at_least(0))
    origin: str = ""
    host_without_port: bool = False
    extra_header: str = ""
    ignores_pings: bool = False
    closes_after_silence: float = field(default=0.0, validator=at_least(0))
    ignores_calls_after: float = field(default=0.0, validator=at_least(0))
    redial_after_drop: float = field(default=0.0, validator=at_least(0))
    redial_after_refusal: float = field(default=0.0, validator=at_least(0))
    never_reconnects: bool = False
    flaps_every: float = field(default=0.0, validator=at_least(0))
    rsv_bits_every: int = field(default=0, validator=at_least(0))
    wrong_result_id_every: int = field(default=0, validator=at_least(0))
    small_ids: bool = False
    duplicate_ids: bool = False
    cut_configuration: bool = False
    truncated_json_every: int = field(default=0, validator=at_least(0))
    over_escaped: bool = False
    bad_status: bool = False
    flood: int = field(default=0, validator=at_least(0, 1000))
    reboots_on_configuration: bool = False
    late_meter_values: bool = False
    offline_transaction_id: int | None = None
    forgets_queue: bool = False
    probes: bool = False
    http_1_0: bool = False


NONE = Quirks()


def switched_on(quirks: Quirks) -> tuple[str, ...]:
    """Which switches are on.

    Args:
        quirks: of a charger.

    Returns:
        Their names, in the order of the docstring.
    """
    return tuple(one.name for one in fields(Quirks) if getattr(quirks, one.name) != one.default)
