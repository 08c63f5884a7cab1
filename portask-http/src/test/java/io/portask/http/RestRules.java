package io.portask.http;

/** Rules that hold on every server. */
interface RestRules {
    RestProbe rest();
}
