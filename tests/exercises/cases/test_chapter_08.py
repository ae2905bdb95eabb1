from tests.exercises.proof import Proof


class TestChapter08(Proof):
    chapter = 8
