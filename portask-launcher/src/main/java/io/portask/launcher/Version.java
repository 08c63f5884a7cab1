package io.portask.launcher;

import picocli.CommandLine;

/** The version that the jar was built as. */
final class Version implements CommandLine.IVersionProvider {
    static String current() {
        String version = Version.class.getPackage().getImplementationVersion();
        return version == null ? "development" : version;
    }

    @Override
    public String[] getVersion() {
        return new String[] {"portask " + current() + " (Java " + Runtime.version() + ")"};
    }
}
