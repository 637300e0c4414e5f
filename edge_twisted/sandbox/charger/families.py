"""Real chargers, as far as the survey of the field tells how they differ: what is not known of one stays generic.

A family's name in BootNotification is the maker's; its model, firmware and numbers are made up.
"""

from collections.abc import Mapping
from typing import Final

from attrs import field, frozen

from edge_twisted.sandbox.charger.quirks import Quirks


@frozen
class Source:
    """Where a deviation is told of.

    Args:
        number: of the deviation, such as `Q21`; several with blanks between them.
        place: the thread, page or entry.
    """

    number: str
    place: str


@frozen
class Family:
    """A kind of charger.

    Args:
        name: in a scenario.
        vendor: whom it says that it is made by; at most 20 characters.
        quirks: how it deviates.
        sources: where that is told of.
        trust: whom it believes unless a scenario says otherwise; empty: as any charger.
    """

    name: str
    vendor: str = "Sandbox"
    quirks: Quirks = Quirks()
    sources: tuple[Source, ...] = ()
    trust: str = field(default="")


_DEVICES = "lbbrhzn/ocpp, supported devices"
_HARD_CODED = Source("Q5", "SmartEVSE-3.5#363")

_ALL: Final = (
    Family("generic"),
    Family(
        "abb-terra",
        "ABB",
        Quirks(reboots_on_configuration=True, redial_after_drop=240.0),
        (Source("Q37", f"{_DEVICES}, #1275, #1099"), Source("Q29", "evcc#9071: of ABB, 3 to 5 minutes")),
    ),
    Family(
        "alfen",
        "Alfen",
        Quirks(fixed_roots=True, flood=50),
        (_HARD_CODED, Source("Q36", "lbbrhzn/ocpp#361")),
        trust="wrong",
    ),
    Family(
        "autel",
        "Autel",
        Quirks(no_connection_header=True, silent_distrust=True, fixed_roots=True),
        (Source("Q21", "lbbrhzn/ocpp#1933, #1984"), Source("Q4", f"{_DEVICES}, #1523"), _HARD_CODED),
        trust="wrong",
    ),
    Family(
        "beny",
        "ZJ Beny",
        Quirks(extra_slashes=2),
        (Source("Q17", "lbbrhzn/ocpp#1078: three slashes"),),
    ),
    Family(
        "en-plus",
        "EN+",
        Quirks(ignores_pings=True),
        (Source("Q25", "lbbrhzn/ocpp#211"),),
    ),
    Family(
        "ev7",
        "EV7",
        Quirks(tls_1_0_only=True),
        (Source("Q1", "lbbrhzn/ocpp#1432"),),
    ),
    Family(
        "foxess",
        "FoxESS",
        Quirks(redial_after_drop=720.0, redial_after_refusal=10.0, offers_2_0_1=True),
        (
            Source("Q29", f"{_DEVICES}: 6 to 19 minutes after a drop, about 10 s after a refusal"),
            Source("Q20", f"{_DEVICES}, #2008"),
        ),
    ),
    Family(
        "garo",
        "GARO",
        Quirks(extra_header="X-Charger: simulated"),
        (Source("Q24", "Java-OCA-OCPP#303; which header is not told, so its name is made up"),),
    ),
    Family(
        "grizzl-e",
        "Grizzl-E",
        Quirks(no_subprotocol=True, no_identity_in_path=True, origin="https://github.com", cut_configuration=True),
        (Source("Q18 Q19 Q23", "lbbrhzn/ocpp#442"), Source("Q35", "lbbrhzn/ocpp#176")),
    ),
    Family(
        "newmotion-home-advanced",
        "NewMotion",
        Quirks(probes=True),
        (Source("Q41", "ocpp-2w-proxy#5"),),
    ),
    Family(
        "ocular",
        "Ocular",
        Quirks(malformed_upgrade_every=3, late_meter_values=True),
        (Source("Q22", f"{_DEVICES}, #2030"), Source("Q38", _DEVICES)),
    ),
    Family(
        "smartevse",
        "SmartEVSE",
        Quirks(fixed_roots=True, never_reconnects=True),
        (_HARD_CODED, Source("Q30", "SmartEVSE-3.5#202")),
        trust="wrong",
    ),
    Family(
        "starcharge",
        "StarCharge",
        Quirks(origin="address", lower_case_authorization=True),
        (Source("Q23 Q13", "lbbrhzn/ocpp#1096, a capture"),),
    ),
    Family(
        "teison",
        "Teison",
        Quirks(never_reconnects=True),
        (Source("Q30", _DEVICES),),
    ),
    Family(
        "wallbox",
        "Wallbox",
        Quirks(empty_password=True),
        (Source("Q12", _DEVICES),),
    ),
)

FAMILIES: Final[Mapping[str, Family]] = {family.name: family for family in _ALL}
"""The presets, by name."""
