from tests.exercises.proof import Proof


class TestChapter01(Proof):
    chapter = 1
