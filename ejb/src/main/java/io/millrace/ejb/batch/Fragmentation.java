package io.millrace.ejb.batch;

/**
 * Part of the allocated KV cells that is of no use. Allocated are the cells that hold tokens, and all of them while a prompt
 * waits for cells, since then nobody gets those that are left. Of use is what holds tokens that no other cell of the same
 * space holds, and what prompts that are being computed will fill. Of a cache that isn't unified it tells nothing: there a
 * slot's whole share is allocated to it. No state.
 */
final class Fragmentation {

    private Fragmentation() {}

    /**
     * @param allocated cells
     * @param coming    of these, those that prompts will fill
     * @return 0 to 1
     */
    static double of(KvTree tree, int allocated, int coming) {
        int useful = Math.min(allocated, tree.used() - tree.copies() + coming);
        return allocated == 0 ? 0 : 1 - useful / (double) allocated;
    }
}
