from tests.exercises.proof import Proof


class TestChapter04(Proof):
    chapter = 4
