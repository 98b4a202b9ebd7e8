"""How good forecasts were: Brier score and calibration."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from betting.backtest.beliefs import OPTIONS

BINS = 10


def brier(said: Mapping[str, float], result: str) -> float:
    """Sum over the options of (said - came true)^2, from 0 to 2. G. W. Brier, Monthly Weather Review 78, 1950."""
    return sum((said[option] - (option == result)) ** 2 for option in OPTIONS)


@dataclass
class Forecasts:
    """Forecasts and what came of them, as they are added."""

    count: int = 0
    total: float = 0.0
    #: For each tenth of said chances: how many, their sum, and how many came true.
    bins: list[list[float]] = field(default_factory=lambda: [[0, 0.0, 0] for _ in range(BINS)])

    def add(self, said: Mapping[str, float], result: str) -> None:
        self.count += 1
        self.total += brier(said, result)
        for option in OPTIONS:
            tenth = self.bins[min(BINS - 1, int(said[option] * BINS))]
            tenth[0] += 1
            tenth[1] += said[option]
            tenth[2] += option == result

    @property
    def score(self) -> float:
        """The mean Brier score; lower is better."""
        return self.total / self.count if self.count else float("nan")

    def calibration(self) -> Iterable[tuple[float, float, int]]:
        """(mean of what was said, share that came true, how many) of each tenth that was ever said."""
        for count, said, true in self.bins:
            if count:
                yield said / count, true / count, int(count)
