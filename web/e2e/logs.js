// Jobs whose logs the browser tests read.

/** Line n of the step that fails: 1,400 tests pass, then one does not, and says so twice. */
const tests = `
$| = 1;
print "::group::Environment of the step\\n";
print "VARIABLE_$_=value $_\\n" for 1..43;
print "::endgroup::\\n";
printf "%d/1400 \\e[1mTest #%d:\\e[0m ledger.part_%d \\e[90m........\\e[0m \\e[32mPassed\\e[0m    0.41 s\\n", $_, $_, $_ for 1..1400;
print "\\e[32m[ RUN      ]\\e[0m LedgerRounding.RefundsSplitAcrossCurrencies\\n";
print "tests/integration/ledger_rounding_test.cc:214: error: \\e[1;31mFailure\\e[0m\\n";
print "Expected equality of these values:\\n  refund.total().minor_units()\\n    Which is: \\e[1m1998\\e[0m\\n  \\e[1m1999\\e[0m\\n";
print "\\e[31m[  FAILED  ]\\e[0m LedgerRounding.RefundsSplitAcrossCurrencies (3 ms)\\n";
print "after that, line $_ of what it was doing\\n" for 1..200;
print "error: 1 of 1400 tests failed\\n";
exit 8;
`;
/** The line of the step above that is its first error. */
export const firstError = { step: 1, line: 1447 };

const quoted = (script) => `'${script.replaceAll("'", "'\\''")}'`;
export const perl = (script) => `perl -e ${quoted(script)}`;

const ledger = {
  name: 'ledger',
  jobs: {
    test: {
      name: 'integration (postgres:17)',
      steps: [
        { name: 'Fetch the tools', run: 'for i in $(seq 40); do echo "fetched tool $i"; done' },
        { name: 'Run integration tests', run: perl(tests) },
        { name: 'Collect logs', if: 'always()', run: 'echo collected' }
      ]
    }
  }
};

const jobs = new WeakMap();
/** A job that failed, with 1,700 lines. */
export async function failingJob(plane) {
  if (!jobs.has(plane)) {
    const run = await plane.ended(await plane.submit(ledger));
    jobs.set(plane, run.jobs[0]);
  }
  return jobs.get(plane);
}

/** A run of one job with one step. */
export const one = (name, script, job = {}) => ({
  name,
  jobs: { [name]: { ...job, steps: [{ name, run: script }] } }
});

/** Prints `lines` numbered lines at about `rate` a second; `timed` ends each with when it was printed, in ms since 1970. */
export const printer = (lines, rate, { timed = false } = {}) =>
  perl(`
use Time::HiRes qw(time sleep);
$| = 1;
my $begun = time;
my $text = "";
for my $n (1..${lines}) {
  $text .= "line $n \\e[32mok\\e[0m of what a build says when it says much"${timed ? ' . " at " . int(time * 1000)' : ''} . "\\n";
  if ($n % ${Math.max(1, Math.round(rate / 50))} == 0 || $n == ${lines}) {
    syswrite STDOUT, $text;
    $text = "";
    my $late = $n / ${rate} - (time - $begun);
    sleep $late if $late > 0;
  }
}`);
