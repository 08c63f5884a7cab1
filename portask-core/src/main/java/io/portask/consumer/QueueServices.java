package io.portask.consumer;

import io.portask.broker.BatchDecoder;
import io.portask.broker.Broker;

/**
 * What the work queues of a broker share.
 *
 * @param decoder used on the loop's thread only
 * @param doubtTopics called when a topic may be gone, or the list of topics be old
 */
record QueueServices(
        Broker broker,
        QueueLoop loop,
        BatchDecoder decoder,
        QueueMeters meters,
        GroupMeters groupMeters,
        DeadLetterWriter deadLetters,
        Runnable doubtTopics) {}
