/** Maps of bytes in memory and on disk, on Infinispan; with a cluster, every node has a copy. What the bytes mean is not known here. */
package io.millrace.ejb.tier;
