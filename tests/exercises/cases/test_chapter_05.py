from tests.exercises.proof import Proof


class TestChapter05(Proof):
    chapter = 5
