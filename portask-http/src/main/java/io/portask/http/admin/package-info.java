/** What the owner of a server tells its REST resources, and lets operators do to it. */
@NullMarked
package io.portask.http.admin;

import org.jspecify.annotations.NullMarked;
