/** What handlers may use beyond the JDK's API: answers pushed without a thread, upgrades, problems, limits. */
@NullMarked
package io.portask.http.exchange;

import org.jspecify.annotations.NullMarked;
