// On a phone the list of contents would fill the first screen.
if (innerWidth <= 860) document.querySelector(".contents details").open = false;
