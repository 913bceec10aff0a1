package io.millrace.launcher;

/** This build's own version. */
final class Version {

    private Version() {}

    static String text() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "unbuilt" : version;
    }
}
