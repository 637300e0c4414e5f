"""The routes about who may come in: set-up, login, the own account, accounts, tokens, the box's label."""

from typing import Final

from edge_twisted.core.roles import Role
from edge_twisted.web import access_shapes as shapes
from edge_twisted.web.route import Route

_ACCOUNT = "/accounts/<string:name>"

ACCESS: Final = (
    Route(
        "setup", "GET", "/setup", "Tell whether this box waits for its administrator.", None, shapes.Setup, role=None
    ),
    Route(
        "set_up",
        "POST",
        "/setup",
        "Make the administrator's account with the code on the box's label, and log in.",
        shapes.SetupRequest,
        shapes.Me,
        (401, 409, 429, 503),
        role=None,
    ),
    Route(
        "login",
        "POST",
        "/login",
        "Log in: the answer sets the cookie of a session, and holds its cross-site token.",
        shapes.Login,
        shapes.Me,
        (401, 429, 503),
        role=None,
    ),
    Route("logout", "POST", "/logout", "End the own session.", None, shapes.Done, (409,), role=Role.VIEWER),
    Route("me", "GET", "/me", "Tell who asks.", None, shapes.Me, role=Role.VIEWER),
    Route(
        "change_password",
        "POST",
        "/me/password",
        "Change the own password; all other own sessions end, and this one gets a new cookie.",
        shapes.PasswordChange,
        shapes.Me,
        (409, 429, 503),
        role=Role.VIEWER,
    ),
    Route(
        "begin_second_factor",
        "POST",
        "/me/second-factor",
        "Make a second factor (TOTP) for the own account; it counts from its first right code on.",
        shapes.OwnPassword,
        shapes.SecondFactor,
        (409, 429, 503),
        role=Role.VIEWER,
    ),
    Route(
        "confirm_second_factor",
        "POST",
        "/me/second-factor/confirm",
        "Switch the new second factor on with a code of it.",
        shapes.SecondFactorCode,
        shapes.Me,
        (409, 429, 503),
        role=Role.VIEWER,
    ),
    Route(
        "end_second_factor",
        "POST",
        "/me/second-factor/off",
        "Switch the second factor of the own account off.",
        shapes.OwnPassword,
        shapes.Me,
        (409, 429, 503),
        role=Role.VIEWER,
    ),
    Route(
        "sessions", "GET", "/me/sessions", "List the own sessions.", None, shapes.OwnSessions, (409,), role=Role.VIEWER
    ),
    Route(
        "end_session",
        "DELETE",
        "/me/sessions/<string:name>",
        "End one of the own sessions.",
        None,
        shapes.OwnSessions,
        (409,),
        role=Role.VIEWER,
    ),
    Route("accounts", "GET", "/accounts", "List the accounts.", None, shapes.Accounts, role=Role.ADMIN),
    Route(
        "add_account",
        "POST",
        "/accounts",
        "Make an account.",
        shapes.NewAccount,
        shapes.Account,
        (409, 503),
        role=Role.ADMIN,
    ),
    Route(
        "change_account",
        "PUT",
        _ACCOUNT,
        "Change an account's role or password, or switch its second factor off; its sessions end.",
        shapes.AccountChange,
        shapes.Account,
        (409, 503),
        role=Role.ADMIN,
    ),
    Route(
        "remove_account",
        "DELETE",
        _ACCOUNT,
        "Remove an account; its sessions end. The last administrator stays.",
        None,
        shapes.Accounts,
        (409, 503),
        role=Role.ADMIN,
    ),
    Route("tokens", "GET", "/tokens", "List the tokens of programs.", None, shapes.Tokens, role=Role.ADMIN),
    Route(
        "add_token",
        "POST",
        "/tokens",
        "Make a token for a program; it is shown this once.",
        shapes.NewToken,
        shapes.MadeToken,
        (409, 503),
        role=Role.ADMIN,
    ),
    Route(
        "remove_token",
        "DELETE",
        "/tokens/<string:name>",
        "Remove a token.",
        None,
        shapes.Tokens,
        (503,),
        role=Role.ADMIN,
    ),
    Route(
        "label",
        "GET",
        "/label",
        "Tell what belongs on the box's label.",
        None,
        shapes.Label,
        (409,),
        role=Role.ADMIN,
    ),
)
"""All of them."""
