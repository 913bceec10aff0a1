/**
 * What the nodes of one cluster share: maps in the memory of every node, and who is there. Infinispan over JGroups, TCP
 * only, encrypted; starts nothing where {@code cluster.hosts} is empty. The only package that knows either of them.
 */
package io.millrace.ejb.cluster;
