"""The log by lines, through a real agent: numbers, times, groups, errors, and a search in all of it."""

import concurrent.futures
import json
import time


def lines_of(server, job_id, **query):
    asked = "&".join(f"{name}={value}" for name, value in query.items())
    return server.admin.get(f"/api/v1/jobs/{job_id}/logs/lines?{asked}").expect(200).json


def test_lines_have_the_times_at_which_they_were_printed(server, agent):
    begun = time.time() * 1000
    job_id = server.submit("for i in 1 2 3 4; do echo line $i; sleep 0.3; done; printf 'no break'")
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    page = lines_of(server, job_id, step=0)
    assert page["lines"] == ["line 1", "line 2", "line 3", "line 4", "no break"]
    times = page["times"]
    assert begun - 1000 <= times[0] <= times[-1] <= time.time() * 1000 + 1000
    gaps = [later - earlier for earlier, later in zip(times, times[1:], strict=False)]
    assert all(gap >= 250 for gap in gaps), gaps


def test_times_outlive_a_server_that_is_killed(server, agent):
    job_id = server.submit("for i in $(seq 1 40); do echo line $i; sleep 0.05; done")
    server.wait_for_log(job_id, b"line 10\n")
    server.kill()
    server.start()
    assert server.wait_for_end(job_id)["state"] == "succeeded"
    page = lines_of(server, job_id, step=0)
    assert page["lines"] == [f"line {i}" for i in range(1, 41)]
    assert None not in page["times"] and page["times"] == sorted(page["times"])
    assert page["times"][-1] - page["times"][0] >= 30 * 50


def test_a_long_log_is_read_from_anywhere_and_searched_whole(server, agent):
    job_id = server.submit("seq -f 'number %.0f of many' 1 300000; echo ::group::End; echo 'a.c:1:2: error: no'; echo ::endgroup::; exit 3")
    assert server.wait_for_end(job_id)["state"] == "failed"
    index = server.admin.get(f"/api/v1/jobs/{job_id}/logs/index").expect(200).json
    step = next(step for step in index["steps"] if step["step"] == 0)
    assert index["complete"] and step["lines"] == 300003 and step["state"] == "failed"
    assert step["groups"] == [{"first": 300001, "last": 300003, "title": "End"}]
    assert step["errors"] == [300002] and index["first_error"] == {"step": 0, "line": 300002}
    assert lines_of(server, job_id, step=0, **{"from": 123456}, count=2)["lines"] == ["number 123456 of many", "number 123457 of many"]
    found = server.admin.get(f"/api/v1/jobs/{job_id}/logs/search?q=NUMBER%2029999").expect(200).json
    assert found["total"] == 11 and not found["more"]  # 29999 and 299990 to 299999
    assert found["matches"][0] == {"step": 0, "line": 29999}
    few = server.admin.get(f"/api/v1/jobs/{job_id}/logs/search?q=^number%20[0-9]%2B5%20&regex=true&limit=3").expect(200).json
    assert few["total"] == 29999 and few["more"] and len(few["matches"]) == 3, json.dumps(few)
    again = server.admin.get(f"/api/v1/jobs/{job_id}/logs/lines?step=0", headers={"If-None-Match": "x"}).expect(200)
    assert "immutable" in again.headers["cache-control"]


def test_others_are_served_while_long_logs_are_searched(server, agent):
    job_id = server.submit("yes 'a line that says nothing in particular' | head -n 3000000")
    assert server.wait_for_end(job_id, 120)["state"] == "succeeded"

    def search(_):
        return server.admin.get(f"/api/v1/jobs/{job_id}/logs/search?q=(x%2Bx%2B)%2By|in.*z&regex=true")

    with concurrent.futures.ThreadPoolExecutor(2) as threads:
        searches = threads.map(search, range(2))
        small = server.submit("echo fine")
        assert server.wait_for_end(small)["state"] == "succeeded"
        assert server.log(small) == b"fine\n"
        for answer in searches:
            assert answer.expect(200).json == {"total": 0, "more": False, "matches": []}
