package io.millrace.launcher;

import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** The build's last step: what would otherwise slow the first start down. */
@Command(name = "prepare", hidden = true)
final class PrepareCommand implements Callable<Integer> {

    @Override
    public Integer call() {
        Unpacking.run(Home.here(), text -> System.out.println(text + " …"));
        return 0;
    }
}
