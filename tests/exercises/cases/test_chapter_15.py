from tests.exercises.proof import Proof


class TestChapter15(Proof):
    chapter = 15
