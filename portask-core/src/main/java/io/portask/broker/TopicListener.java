package io.portask.broker;

/** Told which topics this broker meets. Called on any thread, in no certain order, without locks held; must be quick. */
public interface TopicListener {
    /** A topic was created here, met for the first time, or grew. */
    void onTopicMet(String topic);

    /** A topic was deleted; one of the same name may be there again. May be told more than once. */
    void onTopicGone(String topic);
}
