# For lessons in nbgrader: resident convert LESSON.md source/NAME/NAME.ipynb; nbgrader generate_assignment NAME.
c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "go"

# The marks of lessons. What students get in place of a solution compiles, and fails a check until it is replaced.
c.ClearSolutions.begin_solution_delimeter = "// BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "// END SOLUTION"
c.ClearSolutions.code_stub = {"go": '// YOUR CODE HERE\npanic("not implemented yet")'}
c.ClearHiddenTests.begin_test_delimeter = "// BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "// END HIDDEN TESTS"
