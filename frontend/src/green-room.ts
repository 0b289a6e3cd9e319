import './console/styles/preview.css';
import './studio/no-picture.css';
import './green-room/green-room.css';
import './green-room/index.ts';
