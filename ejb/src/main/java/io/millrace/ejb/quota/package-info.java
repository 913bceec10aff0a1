/**
 * How much an API key may use: requests and tokens a minute, requests at once, tokens a day.
 *
 * <p>Reserve, then settle. What a call may use at most is set aside before it begins, and what it didn't use is given
 * back when it ends, so that calls that come at once can't take together what only one of them may have. {@link
 * io.millrace.ejb.quota.Quota} is one key's state and {@code Bucket} the arithmetic, both without clock and I/O; {@link
 * io.millrace.ejb.quota.Quotas} is the shell with the keys' states, the clock and the audit, which knows what a key used
 * today before this process began.
 */
package io.millrace.ejb.quota;
