"""Opening the course: `python -m eventsourcing_kit.lab`, or `make lab`.

You work in copies of the chapters, in `my_notebooks`, which git does not look at. So what you write
never meets an update of the course.
"""
