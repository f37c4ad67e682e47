"""Do the public GraphQL clients work with the service, as the page about them shows?"""
