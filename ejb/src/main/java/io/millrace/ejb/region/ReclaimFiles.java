package io.millrace.ejb.region;

import java.nio.file.Files;
import java.util.HashSet;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Regions that are about to vanish, where somebody says so with a file: what runs there goes on elsewhere at once, until the
 * file is gone again. One thread at a time.
 */
final class ReclaimFiles {

    private static final Logger LOG = Logger.getLogger(ReclaimFiles.class.getName());

    private final Network network;
    private final Set<String> reclaimed = new HashSet<>();

    ReclaimFiles(Network network) {
        this.network = network;
    }

    void look() {
        for (Region region : network.all()) {
            boolean told = region.settings().reclaimFile().filter(Files::exists).isPresent();
            if (told && reclaimed.add(region.name())) {
                LOG.log(Level.WARNING, "Region {0} is about to vanish, says {1}: its calls go on elsewhere",
                        new Object[] {region.name(), region.settings().reclaimFile().orElseThrow()});
                network.reclaim(region.name());
            } else if (!told && reclaimed.remove(region.name())) {
                LOG.log(Level.INFO, "Region {0} may be used again", region.name());
                network.drain(region.name(), false);
            }
        }
    }
}
