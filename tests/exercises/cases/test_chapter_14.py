from tests.exercises.proof import Proof


class TestChapter14(Proof):
    chapter = 14
