/**
 * Where answers come from: which region serves a call, how a failing one is noticed, and how its answers go on elsewhere.
 *
 * <p>{@link io.millrace.ejb.region.Breaker}, {@link io.millrace.ejb.region.Silence}, {@link io.millrace.ejb.region.Gate}
 * and {@link io.millrace.ejb.region.Choosing} are pure: no I/O, no threads, no clock. {@link
 * io.millrace.ejb.region.Network} is all that passages stand on, without a container; {@link io.millrace.ejb.region.Regions}
 * is the EJB around it.
 */
package io.millrace.ejb.region;
