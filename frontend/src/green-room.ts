import './console/styles/preview.css';
import './green-room/green-room.css';
import './green-room/index.ts';
