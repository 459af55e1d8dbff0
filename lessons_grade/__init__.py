"""Grade a class: ``lessons-grade losses submissions.zip``.

submissions   finds the students' notebooks in what Moodle, Google Classroom or nbgrader's exchange gives
normalising   takes only the student's own code from a notebook, whatever happened to the file
sandbox       runs it in a child process (``child``) that can compute and do nothing else
marking       decides in this process, from data alone: the expected values never enter the child
engine        grades many submissions at once, on this machine or a Dask cluster; resumes interrupted runs
reports       writes grades.csv, Moodle's import, a page for each student, the summary of the class
command       is the command line
"""
