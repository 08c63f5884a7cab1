/** Text as bytes: what is needed to believe that bytes are UTF-8. */
@NullMarked
package io.portask.http.text;

import org.jspecify.annotations.NullMarked;
