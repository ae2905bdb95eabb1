from tests.exercises.proof import Proof


class TestChapter07(Proof):
    chapter = 7
