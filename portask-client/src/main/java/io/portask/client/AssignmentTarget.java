package io.portask.client;

import io.portask.protocol.AssignmentPayload;

/** Where the assignments of a membership go. On the loop's thread. */
interface AssignmentTarget extends PushTarget {
    void onAssignment(AssignmentPayload assignment);
}
