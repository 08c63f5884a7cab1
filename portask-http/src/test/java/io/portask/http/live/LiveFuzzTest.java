package io.portask.http.live;

import io.portask.broker.Broker;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

class LiveFuzzTest {
    private static final List<String> REQUESTS = List.of(
            "{'type':'ping','requestId':'r'}",
            "{'type':'publish','topic':'t','key':'k','value':{'a':[1.0e5,'\\u00e9']},'ack':'none'}",
            "{'type':'publish','topic':'t','messages':[{'text':null,'keyBase64':'/w=='},{'valueBase64':'AAEC'}]}",
            "{'type':'publish','topic':'t','text':'','headers':[{'name':'h','value':null}],'partition':0,'timestamp':5}",
            "{'type':'subscribe','topic':'t','from':'latest','group':'g','credit':5}",
            "{'type':'subscribe','topic':'t','from':0,'partition':0}",
            "{'type':'credit','subscription':1,'credit':2}",
            "{'type':'unsubscribe','subscription':1}",
            "{'type':'ack','group':'g','id':'t:0:0'}",
            "{'type':'join','group':'h','topics':['t','*'],'instanceId':'i','sessionTimeoutMs':30000,'assignor':'range'}",
            "{'type':'ack','subscription':1,'generation':1,'id':'t:0:0'}",
            "{'type':'release','subscription':1,'partitions':[{'topic':'t','partition':0}]}",
            "{'type':'leave','subscription':1}");
    private static final String[] PIECES = {
        "'",
        "{",
        "}",
        "[",
        "]",
        ",",
        ":",
        "null",
        "-1",
        "1e999",
        "99999999999999999999",
        "\\ud800",
        "\\",
        "é",
        "\u0000",
        " "
    };

    @Test
    void changedRequestsAreRefusedByNameOrTaken() {
        run(20_260_106, 20_000);
    }

    @Test
    @Tag("long")
    void changedRequestsAreRefusedByNameOrTakenForLong() {
        for (int seed = 0; seed < 10; seed++) {
            run(seed, 500_000);
        }
    }

    private static void run(long seed, int rounds) {
        Random random = new Random(seed);
        try (Broker broker = Broker.open("memory:")) {
            LivePeer peer = new LivePeer(broker, LiveConfig.defaults());
            for (int round = 0; round < rounds; round++) {
                if (round % 500 == 0) {
                    broker.createTopic("t" + round, 1);
                    peer = new LivePeer(broker, LiveConfig.defaults());
                }
                String request = changed(random).replace("'t'", "'t" + round / 500 * 500 + "'");
                List<String> answers = List.of();
                try {
                    peer.send(request);
                    answers = peer.received();
                } catch (RuntimeException | Error e) {
                    throw new AssertionError("seed " + seed + ", round " + round + ": " + request, e);
                }
                if (peer.connection.closeReason != null
                        || answers.stream().anyMatch(answer -> answer.contains("INTERNAL_ERROR"))) {
                    throw new AssertionError("seed " + seed + ", round " + round + ": " + request + " -> " + answers);
                }
            }
        }
    }

    private static String changed(Random random) {
        StringBuilder request = new StringBuilder(REQUESTS.get(random.nextInt(REQUESTS.size())));
        for (int i = random.nextInt(4); i > 0; i--) {
            int at = random.nextInt(request.length());
            switch (random.nextInt(4)) {
                case 0 -> request.deleteCharAt(at);
                case 1 -> request.insert(at, PIECES[random.nextInt(PIECES.length)]);
                case 2 -> request.setCharAt(at, (char) (' ' + random.nextInt(95)));
                default -> {
                    String other = REQUESTS.get(random.nextInt(REQUESTS.size()));
                    int from = random.nextInt(other.length());
                    request.insert(at, other, from, from + random.nextInt(other.length() - from));
                }
            }
            if (request.isEmpty()) {
                request.append('{');
            }
        }
        return new String(request.toString().getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8);
    }
}
