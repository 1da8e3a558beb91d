"""Head and body go out as one piece, interim answers do not wait for them, and nothing is lost on closing."""

import asyncio
from typing import Any

from conformance.provider.joined import Joined


class Pipe:
    def __init__(self) -> None:
        self.log: list[Any] = []

    def write(self, data: bytes) -> None:
        self.log.append(data)

    def close(self) -> None:
        self.log.append("closed")

    def is_closing(self) -> bool:
        return "closed" in self.log


def played(*turns: Any) -> list[Any]:
    """What a pipe got after each turn's bytes were written in a turn of the event loop of their own."""
    pipe = Pipe()

    async def play() -> None:
        joined: Any = Joined(pipe, asyncio.get_running_loop())  # type: ignore[arg-type]
        for turn in turns:
            for part in turn:
                joined.close() if part == "close" else joined.write(part)
            await asyncio.sleep(0)
        assert joined.is_closing() == pipe.is_closing()

    asyncio.run(play())
    return pipe.log


def test_what_is_written_in_one_turn_is_one_piece() -> None:
    assert played([b"head", b"", b"body"], [b"next"]) == [b"headbody", b"next"]


def test_an_interim_answer_goes_out_before_the_body_is_there() -> None:
    assert played([b"100"], [], [b"200"]) == [b"100", b"200"]


def test_closing_sends_what_is_left_first_and_once() -> None:
    assert played([b"head", b"body", "close"]) == [b"headbody", "closed"]
