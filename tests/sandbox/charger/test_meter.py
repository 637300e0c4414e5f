"""Tests of the simulated meter."""

from hypothesis import given
from hypothesis import strategies as st
from twisted.trial.unittest import SynchronousTestCase

from edge_twisted.sandbox.charger.meter import Meter, Sample, share

UNIT = st.floats(0, 1)


class MeterTests(SynchronousTestCase):
    """A charging session as the meter sees it."""

    def session(self, drawn: float = 0.5) -> list[Sample]:
        """Ten minutes at up to 16 A, a sample every 10 s."""
        meter = Meter(1_000_000.0, 16.0, lambda: drawn)
        return [meter.sample(since, 10.0, 600.0) for since in range(10, 601, 10)]

    @given(UNIT)
    def test_register_never_falls(self, drawn: float) -> None:
        """The register never falls, and holds what it held before the first car."""
        registers = [sample.register for sample in self.session(drawn)]
        self.assertEqual(registers, sorted(registers))
        self.assertGreater(registers[0], 1_000_000)

    def test_energy_fits_power(self) -> None:
        """The register grows by about as much as power and time say: within 2 per cent."""
        samples = self.session()
        energy = samples[-1].register - samples[0].register
        power = sum((one.watts + two.watts) / 2 for one, two in zip(samples, samples[1:], strict=False)) * 10 / 3600
        self.assertApproximates(energy / power, 1.0, 0.02)

    def test_curve(self) -> None:
        """It begins softly, stays at its most, and ends slowly at nothing."""
        powers = [sample.watts for sample in self.session()]
        self.assertApproximates(max(powers), 16 * 230 * 3, 200)
        self.assertEqual(powers[-1], 0)
        self.assertEqual(powers[-12:], sorted(powers[-12:], reverse=True))
        self.assertLess(share(1, 600), 0.5)

    @given(st.floats(-10, 1000), st.floats(0.1, 900))
    def test_share(self, since: float, length: float) -> None:
        """A car takes nothing before and after, and never more than its most."""
        found = share(since, length)
        self.assertTrue(0 <= found <= 1, found)
        if since <= 0 or since >= length:
            self.assertEqual(found, 0)

    def test_values(self) -> None:
        """MeterValues name energy, power, and current and voltage of three phases, as strings with units."""
        values = Sample(1234.5, (230.0, 231.0, 229.0), (16.0, 15.9, 16.1)).values()
        self.assertEqual({type(value["value"]) for value in values}, {str})
        told = {(value["measurand"], value.get("phase"), value["unit"]) for value in values}
        self.assertEqual(len(told), 8)
        self.assertIn(("Energy.Active.Import.Register", None, "Wh"), told)
        self.assertIn(("Voltage", "L2-N", "V"), told)
