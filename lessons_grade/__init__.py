"""Grade a class: ``lessons-grade losses submissions.zip``.

submissions   finds the students' notebooks in what Moodle, Google Classroom or nbgrader's exchange gives
normalising   takes only the student's own code from a notebook, whatever happened to the file
sandbox       runs it in a child process (``child``) that can compute, and nothing else
marking       decides here, from data alone: the expected values never enter the child
engine        many submissions at once, on this machine or a Dask cluster; resumes
reports       grades.csv, Moodle's import, a page for each student, the summary of the class
command       the command line
"""
