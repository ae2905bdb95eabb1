from tests.exercises.proof import Proof


class TestChapter09(Proof):
    chapter = 9
