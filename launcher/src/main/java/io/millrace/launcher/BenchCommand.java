package io.millrace.launcher;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Only its help: the launch script runs the benchmarks, which live among the tests. */
@Command(name = "bench", description = "Runs a benchmark and prints its figures; none of them judges.", footer = {"",
        "overhead [ROUNDS [TOKENS [MODEL]]]  what the way over HTTP costs against the engine alone",
        "batcher                             what planning a step costs",
        "serving [OPTION…] [ROW…]            what serving under load is worth; all rows unless some are named:",
        "  batching  32 streams at once, one at a time, and the engine's own loop",
        "  busy      share of the time inside steps, and KV cells, in mixed work",
        "  priority  four times the capacity, with lanes and without",
        "  stall     time between tokens while prompts of 4,000 tokens arrive",
        "  prefix    first and second request with the same beginning of 1,500 tokens",
        "  clients   32 clients as llama.cpp's own server was measured",
        "  pausing   whether paused answers of the pilot model say what they say alone",
        "  --quick       fewer rounds, shorter windows: meant to take minutes instead of a quarter of an hour",
        "  --q4          a random model in Q4_0 instead of Q8_0",
        "  --model FILE  a model of yours instead of the random one of Qwen2-0.5B's shape",
        "  --seed N      of prompts, arrivals and schedules; 1 unless said otherwise",
        "gateway [--quick]                   what a call costs in front of a server that takes no time, beside Portkey's gateway,",
        "                                    which npm fetches",
        "failover [OPTION…]                  answers whose server fails in the middle and which another one finishes",
        "  --quick       16 streams of each kind instead of 100; --rounds N: so many",
        "  --kinds LIST  some of kill,stop,reset,status500,trickle,garbage,close",
        "  --seed N      of the moments; 1 unless said otherwise",
        "context [OPTION…] [ROW…]            conversations in their tiers; all rows unless some are named:",
        "  fetch     what one costs from memory, disk and archive, with many there",
        "  recall    whether what was said first is still in a prompt after all that can happen",
        "  restore   first token of a prompt whose KV state comes from the disk, and of one that is computed",
        "  kill      turns kept while their process is killed with -9 again and again",
        "  --quick       a twentieth of it; --conversations N: 100,000 unless said otherwise; --kills N: 1,000"})
final class BenchCommand {

    @Parameters(paramLabel = "NAME", description = "overhead, batcher, serving, gateway, failover or context.")
    private String name;

    @Parameters(paramLabel = "ARGUMENT", arity = "0..*", index = "1..*", description = "Of the benchmark.")
    private String[] arguments;

    @Option(names = {"-h", "--help"}, usageHelp = true, description = "Shows this help.")
    private boolean help;
}
