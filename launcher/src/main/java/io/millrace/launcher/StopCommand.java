package io.millrace.launcher;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Stops a server. */
@Command(name = "stop", description = "Lets streams in flight finish, stops the server and returns when it is down.")
final class StopCommand implements Callable<Integer> {

    private static final Duration AFTER_DRAIN = Duration.ofSeconds(40);

    @Mixin
    private DataOption data;

    @Override
    public Integer call() throws InterruptedException, ExecutionException {
        Duration patience = data.settings().http().drain().plus(data.settings().audit().drain()).plus(AFTER_DRAIN);
        DataFolder folder = data.folder();
        Optional<ProcessHandle> running = folder.running();
        running.ifPresent(ProcessHandle::destroy);
        // one that is in its last moments needs no telling, only to be waited for
        ProcessHandle server = running.or(folder::lastHolder).orElse(null);
        if (server == null) {
            System.out.println("Millrace does not run on " + folder.root() + ".");
            return 0;
        }
        try {
            server.onExit().get(patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            throw new Failure("Process " + server.pid() + " is still there after " + patience.toSeconds() + " s: end it with kill -9 " + server.pid() + ".", e);
        }
        System.out.println("Millrace is down.");
        return 0;
    }
}
