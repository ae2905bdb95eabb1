from tests.exercises.proof import Proof


class TestChapter06(Proof):
    chapter = 6
