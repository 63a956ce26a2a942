# A course in Go: nbgrader generate_assignment mean; nbgrader autograde mean.
c = get_config()  # noqa: F821 (nbgrader defines it)

c.CourseDirectory.course_id = "go"

# Solutions stand between comments; what students get instead compiles, and fails a check until it is replaced.
c.ClearSolutions.begin_solution_delimeter = "// ### BEGIN SOLUTION"
c.ClearSolutions.end_solution_delimeter = "// ### END SOLUTION"
c.ClearSolutions.code_stub = {"go": '// YOUR CODE HERE\npanic("not implemented")'}
c.ClearHiddenTests.begin_test_delimeter = "// ### BEGIN HIDDEN TESTS"
c.ClearHiddenTests.end_test_delimeter = "// ### END HIDDEN TESTS"
