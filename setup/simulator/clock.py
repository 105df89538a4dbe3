"""The bureau's clock: real time plus an offset, in Beijing time."""

from datetime import UTC, datetime, timedelta, timezone

from .store import Store

BEIJING = timezone(timedelta(hours=8))
STAMP = "%Y%m%d%H%M%S%f"


class RealClock:
    """Real time, in Beijing and without a zone."""

    def now(self) -> datetime:
        """The time it is."""
        return datetime.now(UTC).astimezone(BEIJING).replace(tzinfo=None)

    def seconds(self) -> float:
        """The same as a number, for waiting times."""
        return self.now().replace(tzinfo=BEIJING).timestamp()


class Clock(RealClock):
    """A clock that runs on and may be set; it also hands out change stamps."""

    def __init__(self, store: Store):
        self._store = store
        self.reload()

    def reload(self) -> None:
        """Read offset and last stamp from the store."""
        self._offset = timedelta(
            seconds=float(self._store.get_meta("clock_offset", "0"))
        )
        kept = self._store.get_meta("last_stamp")
        newest = self._store.value("SELECT MAX(changed) FROM invoice")
        texts = [text for text in (kept, newest) if text]
        self._last = max(
            (datetime.strptime(text, STAMP) for text in texts), default=datetime.min
        )

    def now(self) -> datetime:
        """The time of the bureau: Beijing time without a zone."""
        return super().now() + self._offset

    def set(self, moment: datetime) -> float:
        """Set the clock; answers by how many seconds it moved."""
        if moment.tzinfo is not None:
            moment = moment.astimezone(BEIJING).replace(tzinfo=None)
        moved = moment - self.now()
        self._offset += moved
        self._store.set_meta("clock_offset", repr(self._offset.total_seconds()))
        # Stamps must keep growing although the clock may have been turned back.
        if self._last > datetime.min:
            self._store.set_meta("last_stamp", _text(self._last))
        return moved.total_seconds()

    def stamp(self) -> str:
        """A change stamp (yyyyMMddHHmmssSSS), later than every earlier one."""
        now = self.now()
        now = now.replace(microsecond=now.microsecond // 1000 * 1000)
        if now <= self._last:
            now = self._last + timedelta(milliseconds=1)
        self._last = now
        return _text(now)


def _text(moment: datetime) -> str:
    return moment.strftime(STAMP)[:17]


def iso(moment: datetime) -> str:
    """ISO text with the offset of Beijing."""
    return moment.replace(tzinfo=BEIJING).isoformat(timespec="seconds")


def plain(moment: datetime) -> str:
    """yyyy-MM-dd HH:mm:ss."""
    return moment.strftime("%Y-%m-%d %H:%M:%S")
