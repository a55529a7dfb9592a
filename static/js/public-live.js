// The citizen's page of a session that is on: what is discussed now, read again every few seconds.
import { liveRoom } from "./live.js";

liveRoom();
