"""What steps say to each other and to people: conditions, outputs, added variables and folders, summaries, annotations."""

import pytest


def states(job):
    return [step["state"] for step in job["steps"]]


def test_clean_up_runs_after_a_failure_and_says_why_others_did_not(server, agent):
    job_id = server.submit(steps=[{"run": "exit 3", "name": "tests"}, {"run": "echo never"}, {"run": "echo failed", "if": "failure()"},
                                  {"run": "echo cleaned", "if": "${{ always() }}"}, {"run": "echo no", "if": "success()"}])
    job = server.wait_for_end(job_id)
    assert job["state"] == "failed" and job["exit_code"] == 3
    assert states(job) == ["failed", "skipped", "succeeded", "succeeded", "skipped"]
    assert job["steps"][1]["reason"] == {"code": "skipped_failure", "facts": {"step": 0, "name": "tests"}}
    assert job["steps"][4]["reason"] == {"code": "skipped_condition", "facts": {"expression": "success()"}}
    assert server.log(job_id, 3) == b"cleaned\n"


def test_a_first_step_may_be_skipped(server, agent):
    job_id = server.submit(steps=[{"run": "echo never", "if": "failure()"}, {"run": "echo second; sleep 0.3; echo end"}])
    job = server.wait_for_end(job_id)
    assert states(job) == ["skipped", "succeeded"], job
    assert server.log(job_id, 1) == b"second\nend\n"


def test_clean_up_runs_after_a_cancel(server, agent):
    job_id = server.submit(steps=[{"run": "echo begun; sleep 60"}, {"run": "echo never", "if": "failure()"},
                                  {"run": "echo cleaned", "if": "always()"}])
    server.wait_for_log(job_id, b"begun\n")
    server.admin.put(f"/api/v1/jobs/{job_id}/status", {"status": "cancelled"}).expect(202)
    job = server.wait_for_end(job_id)
    assert job["state"] == "cancelled"
    assert states(job) == ["cancelled", "skipped", "succeeded"]
    assert server.log(job_id, 2) == b"cleaned\n"


def test_outputs_variables_and_folders_reach_later_steps(server, agent):
    steps = [{"id": "version", "run": ['echo "text=1.7" >> "$CI_OUTPUT"', '{ echo "notes<<END"; echo one; echo two; echo END; } >> "$CI_OUTPUT"',
                                       'echo "ADDED=by the first" >> "$CI_ENV"', 'mkdir tools; printf "#!/bin/sh\\necho mine\\n" > tools/mytool',
                                       'chmod +x tools/mytool; echo "$PWD/tools" >> "$CI_PATH"']},
             {"run": ['echo "$VERSION|$NOTES|$ADDED"', "mytool"],
              "env": {"VERSION": "v${{ steps.version.outputs.text }}", "NOTES": "${{ steps.version.outputs.notes }}"}},
             {"run": "echo yes", "if": "steps.version.outputs.text == '1.7'"},
             {"run": "echo no", "if": "steps.version.outputs.text == '1.8'"}]
    job_id = server.submit(steps=steps)
    job = server.wait_for_end(job_id)
    assert states(job) == ["succeeded", "succeeded", "succeeded", "skipped"], job
    assert server.log(job_id, 1) == b"v1.7|one\ntwo|by the first\nmine\n"


@pytest.mark.one_database
def test_a_wrong_line_fails_its_step_and_is_named(server, agent):
    job_id = server.submit("echo a=1 >> $CI_OUTPUT; echo hello >> $CI_OUTPUT", "echo never")
    job = server.wait_for_end(job_id)
    assert states(job) == ["failed", "skipped"]
    assert "$CI_OUTPUT: line 2 is neither" in job["reason"]["facts"]["message"]
    assert server.log(job_id, 0) == b"error: $CI_OUTPUT: line 2 is neither name=value nor name<<MARK\n"


@pytest.mark.one_database
def test_a_step_cannot_lead_the_agent_elsewhere(server, agent):
    job_id = server.submit("ln -s /etc/passwd $CI_OUTPUT; mkfifo $CI_ENV; mkdir $CI_PATH; ln -s /etc/shadow $CI_SUMMARY")
    job = server.wait_for_end(job_id)
    assert states(job) == ["failed"]
    assert b"root:" not in server.admin.get(f"/api/v1/jobs/{job_id}?summary=1&logs=1").expect(200).body


def test_a_summary_and_annotations_are_kept_and_shown(server, agent):
    job_id = server.submit("echo '# Done' >> $CI_SUMMARY; echo '::error file=src/a.c,line=3::no such name'; echo '::group::x'; echo plain",
                           "echo 'and more' >> $CI_SUMMARY; echo ::warning::slow")
    job = server.wait_for_end(job_id)
    assert job["state"] == "succeeded"
    shown = server.admin.get(f"/api/v1/jobs/{job_id}?summary=1").expect(200).json
    assert shown["summary"] == "# Done\nand more\n"
    assert shown["annotations"] == [{"level": "error", "message": "no such name", "file": "src/a.c", "line": 3, "step": 0},
                                    {"level": "warning", "message": "slow", "step": 1}]
    assert "summary" not in server.job(job_id) and server.job(job_id)["summary_bytes"] == len(shown["summary"])
    assert server.log(job_id, 0) == b"::error file=src/a.c,line=3::no such name\n::group::x\nplain\n", "the log is as it was printed"
    text = server.cli("job", "show", job_id).stdout.decode()
    assert "error src/a.c:3: no such name\n" in text and "warning slow\n" in text and "# Done\nand more\n" in text
