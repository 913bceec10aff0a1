/**
 * The command line ({@link io.millrace.launcher.Cli}) and the server's process ({@link io.millrace.launcher.Server}).
 *
 * <p>Two JVMs: the command line checks, unpacks and chooses, then starts the server's JVM and waits for it (or, with
 * {@code --foreground}, is replaced by it). They talk through files of the data folder and, once the server is up,
 * through the application's operator interface. Nothing here serves a request.
 */
package io.millrace.launcher;
