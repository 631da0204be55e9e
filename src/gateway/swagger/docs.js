"use strict";
// The description comes from the gateway, and so does what it asks for: the
// addresses in it may be the public ones, and this page may be somewhere else.
window.addEventListener("load", function () {
	fetch("/openapi.json").then(function (answer) {
		return answer.json();
	}).then(function (description) {
		description.servers = [{ url: "/" }];
		SwaggerUIBundle({ spec: description, dom_id: "#docs", deepLinking: false, validatorUrl: null, persistAuthorization: false });
	});
});
