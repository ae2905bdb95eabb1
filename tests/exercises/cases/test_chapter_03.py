from tests.exercises.proof import Proof


class TestChapter03(Proof):
    chapter = 3
