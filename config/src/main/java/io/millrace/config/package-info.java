/**
 * Every setting of Millrace, typed.
 *
 * <p>The defaults, each with its meaning and bounds, stand in {@code millrace-defaults.properties} beside this package
 * and nowhere else. {@link io.millrace.config.Configuration#load} puts the operator's file, the environment and the
 * system properties on top. A name that is not in that file is an error and stops the start: a typo is found at once
 * instead of when the setting is needed.
 *
 * <p>Plain Java without dependencies, since the launcher needs it before anything else is there. What a setting is
 * used for is decided elsewhere; code that reads the environment belongs only here.
 */
package io.millrace.config;
